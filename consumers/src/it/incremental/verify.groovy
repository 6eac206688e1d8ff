// Rebuilt without "clean": the model has the new layer, and its user lost the old one.
def model = new File(basedir, "target/generated-sources/annotations/toy/ToyModel.java").text
assert model.contains("second()") && !model.contains("first()") : model
def log = new File(basedir, "build.log").text
def errors = log.readLines().findAll { it =~ /ERROR.*\.java:/ }.toSet()
assert errors.size() == 1 && errors.every { it.contains("Use.java:[6,26] cannot find symbol") } : log
