// One mistake is one error, at its place.
def errors =
    new File(basedir, "build.log").readLines().findAll { it =~ /ERROR.*\.java:/ }
        .collect { it.replaceFirst(/.*\/(?=Toy|Use)/, "") }.toSet()
assert errors == ["Toy.java:[12,53] [LayerCount] h has 12 in toy.layers.json, but count = 24"].toSet() : errors
