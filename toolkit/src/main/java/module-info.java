/** Analyses of language models and their figures. */
module org.nnsight4j.toolkit {
  requires transitive org.nnsight4j;
  requires com.fasterxml.jackson.databind;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports org.nnsight4j.toolkit;
  exports org.nnsight4j.toolkit.activations;
  exports org.nnsight4j.toolkit.attention;
  exports org.nnsight4j.toolkit.attribution;
  exports org.nnsight4j.toolkit.circuit;
  exports org.nnsight4j.toolkit.figure;
  exports org.nnsight4j.toolkit.functionvector;
  exports org.nnsight4j.toolkit.interchange;
  exports org.nnsight4j.toolkit.lens;
  exports org.nnsight4j.toolkit.mask;
  exports org.nnsight4j.toolkit.patching;
  exports org.nnsight4j.toolkit.probe;
  exports org.nnsight4j.toolkit.sae;
  exports org.nnsight4j.toolkit.steering;
  exports org.nnsight4j.toolkit.train;
  exports org.nnsight4j.toolkit.weights;
}
