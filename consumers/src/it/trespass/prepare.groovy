// One source for each package that a jar does not export to everybody, naming one class of it.
import java.lang.module.ModuleFinder
import java.util.jar.JarFile

def jars = ["runtime", "models", "toolkit", "server"].collect {
  def folder = new File(localRepositoryPath, "org/nnsight4j/nnsight4j-${it}/0.1.0-SNAPSHOT")
  folder.listFiles().find { file -> file.name.endsWith("SNAPSHOT.jar") }
}
def closed = new TreeMap()
jars.each { jar ->
  def descriptor = ModuleFinder.of(jar.toPath()).findAll().first().descriptor()
  assert !descriptor.automatic : jar
  def open = descriptor.exports().findAll { !it.qualified }.collect { it.source() }.toSet()
  new JarFile(jar).withCloseable { entries ->
    entries.stream().map { it.name }
        .filter { it.endsWith(".class") && it.contains("/") && !it.contains("\$") && !it.endsWith("-info.class") }
        .map { it[0..-7].replace("/", ".") }
        .sorted()
        .forEach { type ->
          def name = type[0..<type.lastIndexOf(".")]
          if (!open.contains(name)) {
            closed.putIfAbsent(name, type)
          }
        }
  }
}
assert closed.size() > 20 : closed
closed.eachWithIndex { entry, index ->
  def folder = new File(basedir, "src/main/java/org/example/trespass")
  folder.mkdirs()
  new File(folder, "Trespass${index}.java").text =
      "package org.example.trespass;\n\nclass Trespass${index} {\n  ${entry.value} internal;\n}\n"
}
new File(basedir, "closed.txt").text = closed.keySet().join("\n")
return true
