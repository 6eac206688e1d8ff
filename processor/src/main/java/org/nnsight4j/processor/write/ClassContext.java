package org.nnsight4j.processor.write;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.TypeSpec;
import java.util.Optional;
import org.nnsight4j.processor.model.ArchitectureModel;
import org.nnsight4j.processor.model.LayerModel;

/** The class that rules work on, and what they may query about it. */
record ClassContext(
    ArchitectureModel model, Optional<LayerModel> layer, TypeSpec.Builder type, boolean isRoot) {

  static ClassContext root(ArchitectureModel model) {
    return new ClassContext(
        model, model.root(), TypeSpec.classBuilder(model.className()), /* isRoot= */ true);
  }

  static ClassContext nested(ArchitectureModel model, LayerModel layer) {
    return new ClassContext(
        model, Optional.of(layer), TypeSpec.classBuilder(layer.className()), /* isRoot= */ false);
  }

  TypeNames names() {
    return new TypeNames(model.inFull());
  }

  ClassName descriptor() {
    return names().of(model.descriptor());
  }
}
