// Each of them is refused, and nothing else goes wrong.
def log = new File(basedir, "build.log").readLines()
def closed = new File(basedir, "closed.txt").readLines().toSet()
def refused = log.findAll { it =~ /ERROR.*\.java:/ }
    .collect { (it =~ /package (\S+) is not visible/).with { m -> m.find() ? m.group(1) : it } }.toSet()
assert refused == closed : [refused - closed, closed - refused]
