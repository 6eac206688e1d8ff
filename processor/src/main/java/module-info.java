/**
 * The annotation processor and the javac plugin. Only javac calls it, through its services; no
 * module compiles against it.
 */
module org.nnsight4j.processor {
  requires com.palantir.javapoet;
  requires java.compiler;
  requires jdk.compiler;
  requires static com.google.auto.service;
  requires static org.jspecify;

  uses javax.annotation.processing.Processor;

  provides javax.annotation.processing.Processor with
      org.nnsight4j.processor.ArchitectureProcessor;
  provides com.sun.source.util.Plugin with
      org.nnsight4j.processor.CallSitePlugin;
}
