package org.nnsight4j.server.worker;

import java.lang.module.ResolvedModule;
import java.util.ArrayList;
import java.util.List;

/** The options of {@code java} that start a class of this process with the same classes. */
final class OwnClasses {
  private OwnClasses() {}

  /** Modules stay modules there, and the class path stays the class path. */
  static List<String> begin(Class<?> main) {
    List<String> options = new ArrayList<>();
    String modules = System.getProperty("jdk.module.path", "");
    if (!modules.isEmpty()) {
      options.addAll(List.of("--module-path", modules, "--add-modules", applicationModules()));
    }
    String classes = System.getProperty("java.class.path", "");
    if (!classes.isEmpty()) {
      options.addAll(List.of("-cp", classes));
    }
    Module own = main.getModule();
    if (own.isNamed()) {
      options.addAll(List.of("-m", own.getName() + "/" + main.getName()));
    } else {
      options.add(main.getName());
    }
    return options;
  }

  /** Includes modules that nothing requires, such as a family that is found as a service. */
  private static String applicationModules() {
    return String.join(
        ",",
        ModuleLayer.boot().configuration().modules().stream()
            .filter(OwnClasses::isOfTheApplication)
            .map(ResolvedModule::name)
            .sorted()
            .toList());
  }

  private static boolean isOfTheApplication(ResolvedModule module) {
    return module
        .reference()
        .location()
        .filter(location -> !location.getScheme().equals("jrt"))
        .isPresent();
  }
}
