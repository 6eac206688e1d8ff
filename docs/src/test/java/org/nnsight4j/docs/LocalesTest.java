package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same bytes in every language, as much of a run, a server, its workers and the command as one
 * JVM says. Each in JVMs of its own: much is written once, when a class is loaded.
 */
final class LocalesTest {
  /** The language whose i has no capital I, and digits that are not ours. */
  private static final String BY_DAY = "tr-TR";

  @TempDir static Path folder;
  private static String english;
  private static Transcript turkish;

  /** Both at once: each is one thread for the most part. */
  @BeforeAll
  static void inEnglish() throws Exception {
    Transcript first = new Transcript("en-US", "en-US");
    turkish = new Transcript(BY_DAY, "fa-IR");
    english = first.text();
  }

  @AfterAll
  static void stop() {
    turkish.process.destroyForcibly();
  }

  @Test
  void theTranscriptIsComplete() {
    assertThat(english).contains("The Eiffel Tower is in the city of Paris");
    assertThat(english)
        .contains("read  transformer.h.3.output, step 0, fired 1, shape [1, 8, 128]");
    assertThat(english).contains("compiles: true\n");
    assertThat(english).contains("206 [bytes 10-12/");
    assertThat(english).contains("[JOB] COMPLETED");
  }

  @Test
  void isTheSameInTurkishWithPersianWorkers() throws Exception {
    assertThat(turkish.text()).isEqualTo(english);
  }

  @ParameterizedTest
  @Tag("nightly")
  @CsvSource({"fa-IR, tr-TR", "ar-EG, mr-IN", "mr-IN, ar-EG"})
  void isTheSameInMore(String language, String workers) throws Exception {
    assertThat(new Transcript(language, workers).text()).isEqualTo(english);
  }

  /** A JVM in a language. */
  private static final class Transcript {
    final Process process;
    private final Path place;
    private final Path log;

    Transcript(String language, String workers) throws IOException {
      Locale locale = Locale.forLanguageTag(language);
      place = Files.createDirectory(folder.resolve(language));
      log = place.resolve("log");
      process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-Duser.language=" + locale.getLanguage(),
                      "-Duser.country=" + locale.getCountry(),
                      "-Dai.djl.offline=true",
                      "-Dai.djl.pytorch.num_threads=1",
                      "-XX:TieredStopAtLevel=1",
                      "-XX:+UseSerialGC",
                      "-Xmx1g",
                      "-cp",
                      System.getProperty("java.class.path"),
                      LocaleTranscript.class.getName(),
                      Files.createDirectory(place.resolve("out")).toString(),
                      workers))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    }

    String text() throws Exception {
      int exit = process.waitFor();
      assertWithMessage(Files.readString(log)).that(exit).isEqualTo(0);
      return Files.readString(place.resolve("out/transcript.txt"));
    }
  }
}
