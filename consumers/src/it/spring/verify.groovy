// The answer, the health of the model and the meters over HTTP; and what a wrong property leads to.
def said = new File(basedir, "build.log").readLines()
def of = { path -> said.find { it.startsWith("said " + path + ": 200 ") } ?: said.findAll { it.startsWith("said ") }.join("\n") }
assert of("/answer").endsWith(" Paris.")
def health = of("/actuator/health")
assert health.contains('"nnsight4j":{') && health.contains('"architecture":"gpt2"') && health.contains('"layers":4') : health
assert health.contains('"status":"UP"') && !health.contains('DOWN') : health
assert of("/actuator/metrics/nnsight4j.chat.tokens").contains('"value":2.0')
assert of("/actuator/metrics/nnsight4j.pass").contains('{"statistic":"COUNT","value":2.0}')
assert of("/actuator/metrics/nnsight4j.probe.score").contains('"statistic":"VALUE"')
assert of("/actuator/metrics/nnsight4j.model.parameters").contains('"value":979840.0')
def text = said.join("\n")
assert text.contains("APPLICATION FAILED TO START")
assert text.contains("nnsight4j.model: ") && text.contains("Correct nnsight4j.model, or what it names.")
assert said.any { it.startsWith("ended: ") }
