// The processor ran, and nothing was complained about.
assert new File(basedir, "target/classes/org/example/MineModel.class").exists()
// (Without brackets it is Maven's own JVM that warns, about Maven.)
def log = new File(basedir, "build.log").text
assert !log.contains("[WARNING]") : log
