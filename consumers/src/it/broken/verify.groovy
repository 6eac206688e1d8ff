// One mistake is one error, at its place.
def errors =
    new File(basedir, "build.log").readLines().findAll { it =~ /ERROR.*\.java:/ }
        .collect { it.replaceFirst(/.*\/(?=Toy|Use)/, "") }.toSet()
assert errors == ["Toy.java:[12,53] [LayerCount] h.* is there 12 times in toy.layers.json, 24 times here; write count = 12"].toSet() : errors
