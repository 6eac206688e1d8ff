// Families, networks and servers are found as services of modules, workers are modules too, and
// the internals stay closed.
def said = new File(basedir, "build.log").readLines()
def expected = [
  "application: module org.example.app",
  "runtime: module org.nnsight4j",
  "gpt2: [1, 128]",
  "gpt2 at the server: true",
  "harvest: 11 tokens, the first text as traced: true",
  "harvest, again: 11 tokens with the same bits",
  "another harvest: true",
  "bigram: 5.0, 5.0",
  "bigram at the server: true",
  "v1/models: 200",
  "v1/jobs: 200",
  "admin keys: 200",
  "admin queue: 200",
  "admin jobs: 200",
  "internals: refused, class org.example.app.Internals (in module org.example.app) cannot access class org.nnsight4j.internal.spelling.Similar (in module org.nnsight4j) because module org.nnsight4j does not export org.nnsight4j.internal.spelling to module org.example.app",
  "private fields: closed",
]
assert said.containsAll(expected) : expected - said
assert said.any { it.startsWith("internals: closed, Unable to make public static") }
// The application does not read java.compiler, so the generated class cannot name it.
def model = new File(basedir, "target/generated-sources/annotations/org/example/app/BigramModel.java").text
assert !model.contains("Generated") : model
assert !said.any { it.contains("SLF4J") } : said
