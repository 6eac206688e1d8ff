// One question is answered, and each guardrail refuses one, with layer, score and threshold.
def said = new File(basedir, "build.log").readLines()
def begins = [
  "The Eiffel Tower is in the city of Paris",
  "The Colosseum is in the city of ... The guardrail org.nnsight4j.langchain4j.ProbeOutputGuardrail failed with this message: probe 'italy' at layer 2: the score 4.",
  "Hamlet was written by? The guardrail org.nnsight4j.langchain4j.ProbeInputGuardrail failed with this message: probe 'place' at layer 1: the score -",
  "streamed:STOP Rome.",
  "nearest: Macbeth",
]
begins.each { line -> assert said.any { it.startsWith(line) } : line }
assert said.any { it.endsWith("of new token 1 of 1 is above the threshold 2.0") }
assert said.any { it.endsWith("of the last of 4 prompt tokens is below the threshold 0.0") }
assert !said.any { it.contains("SLF4J") } : said
