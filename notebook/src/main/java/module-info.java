/**
 * Shows figures and tensors in notebooks. Kernels run on the class path and find their services by
 * {@code META-INF/services}; on the module path, where no kernel is, {@link
 * org.nnsight4j.notebook.MimeBundle} alone is of use.
 */
module org.nnsight4j.notebook {
  requires transitive org.nnsight4j.toolkit;
  requires static com.google.auto.service;

  exports org.nnsight4j.notebook;
}
