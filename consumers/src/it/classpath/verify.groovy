// The same without modules, where the boundary is a name alone.
def said = new File(basedir, "build.log").readLines()
def expected = [
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
]
assert said.containsAll(expected) : expected - said
assert said.any { it.startsWith("runtime: unnamed module") }
def model = new File(basedir, "target/generated-sources/annotations/org/example/app/BigramModel.java").text
assert model.contains('@Generated("org.nnsight4j.processor.ArchitectureProcessor")') : model
assert !said.any { it.contains("SLF4J") } : said
