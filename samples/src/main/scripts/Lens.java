///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//REPOS mavenlocal,mavencentral
//DEPS org.nnsight4j:nnsight4j-models:0.1.0-SNAPSHOT
//DEPS org.nnsight4j:nnsight4j-toolkit:0.1.0-SNAPSHOT
//DEPS org.slf4j:slf4j-simple:2.0.20
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED -Dorg.slf4j.simpleLogger.defaultLogLevel=warn

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.lens.LogitLens;

class Lens {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      System.out.println(LogitLens.of(gpt2).topK(1).run(args[0]));
    }
  }
}
