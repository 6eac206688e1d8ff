// The application of "classpath", with a descriptor.
import java.nio.file.Files
import java.nio.file.StandardCopyOption

def application = new File(basedir, "../../../src/it/classpath/src/main").canonicalFile.toPath()
def here = new File(basedir, "src/main").toPath()
Files.walk(application).withCloseable { files ->
  files.filter { Files.isRegularFile(it) }.forEach {
    def copy = here.resolve(application.relativize(it).toString())
    Files.createDirectories(copy.parent)
    Files.copy(it, copy, StandardCopyOption.REPLACE_EXISTING)
  }
}
return true
