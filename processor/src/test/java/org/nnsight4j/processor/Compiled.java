package org.nnsight4j.processor;

import com.google.testing.compile.Compilation;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import javax.tools.JavaFileObject;

/** Loads the classes of a compilation. */
final class Compiled extends ClassLoader {
  private final Map<String, byte[]> classes = new HashMap<>();

  Compiled(Compilation compilation) throws IOException {
    super(Compiled.class.getClassLoader());
    for (JavaFileObject file : compilation.generatedFiles()) {
      if (file.getKind() == JavaFileObject.Kind.CLASS) {
        String path = file.toUri().getPath();
        String name =
            path.substring("/CLASS_OUTPUT/".length(), path.length() - ".class".length())
                .replace('/', '.');
        try (InputStream bytes = file.openInputStream()) {
          classes.put(name, bytes.readAllBytes());
        }
      }
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = classes.get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name + " is none of " + classes.keySet());
    }
    return defineClass(name, bytes, 0, bytes.length);
  }

  /** What a static method without parameters of a compiled class returns. */
  Object call(String className, String method) throws ReflectiveOperationException {
    var found = loadClass(className).getDeclaredMethod(method);
    found.setAccessible(true);
    return found.invoke(null);
  }
}
