package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;

/** Each module fires once, in the order in which the blueprint declares its sites. */
final class ForwardOrder {
  private ForwardOrder() {}

  static void check(EnginePass pass) {
    List<SiteSpec> declared = pass.blueprint().sites();
    List<SiteKey> fired = new ArrayList<>();
    EverySite watching =
        new EverySite() {
          @Override
          public NDArray at(int site, NDArray value, Arena arena) {
            fired.add(declared.get(site).key());
            return value;
          }
        };
    var unused = pass.run(watching, 0, (arena, logits) -> logits.getShape());
    assertWithMessage("the sites that fire, in their order")
        .that(fired)
        .containsExactlyElementsIn(declared.stream().map(SiteSpec::key).toList())
        .inOrder();
    for (ModuleSpec module : pass.blueprint().modules().values()) {
      assertWithMessage("a site of %s", module.path())
          .that(fired.stream().anyMatch(site -> site.module().equals(module.path())))
          .isTrue();
    }
  }
}
