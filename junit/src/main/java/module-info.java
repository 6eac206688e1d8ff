/** Tests of language models with JUnit 5 or 6. */
module org.nnsight4j.junit {
  requires transitive org.nnsight4j;
  requires static transitive org.junit.jupiter.api;
  requires static transitive org.assertj.core;
  requires static transitive truth;
  requires static transitive org.jspecify;

  exports org.nnsight4j.junit;
  exports org.nnsight4j.junit.assertj;
  exports org.nnsight4j.junit.truth;
}
