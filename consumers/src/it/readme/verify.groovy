// The processor ran, and nothing was complained about.
assert new File(basedir, "target/classes/org/example/MineModel.class").exists()
// (Without brackets it is Maven's own JVM that warns, about Maven.)
def log = new File(basedir, "build.log").text
assert !log.contains("[WARNING]") : log
// The program prints what the README says, and no logging library says anything of itself.
def readme = new File(basedir, "../../../../README.md").text
def prints = (readme =~ /(?s)<!-- prints: Quickstart -->\n```text\n(.*?)```/)[0][1]
assert log.normalize().contains(prints) : log
assert !log.contains("SLF4J") : log
