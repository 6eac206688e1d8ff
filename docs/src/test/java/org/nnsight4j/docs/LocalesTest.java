package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
  @TempDir static Path folder;
  private static String english;

  @BeforeAll
  static void inEnglish() throws Exception {
    english = transcript("en-US", "en-US");
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

  /** The language whose i has no capital I, and digits that are not ours. */
  @ParameterizedTest
  @CsvSource("tr-TR, fa-IR")
  void isTheSame(String language, String workers) throws Exception {
    assertThat(transcript(language, workers)).isEqualTo(english);
  }

  @ParameterizedTest
  @Tag("nightly")
  @CsvSource({"fa-IR, tr-TR", "ar-EG, mr-IN", "mr-IN, ar-EG"})
  void isTheSameInMore(String language, String workers) throws Exception {
    isTheSame(language, workers);
  }

  private static String transcript(String language, String workers) throws Exception {
    Locale locale = Locale.forLanguageTag(language);
    Path place = Files.createDirectory(folder.resolve(language));
    Path log = place.resolve("log");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Duser.language=" + locale.getLanguage(),
                    "-Duser.country=" + locale.getCountry(),
                    "-Dai.djl.offline=true",
                    "-Dai.djl.pytorch.num_threads=1",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx1g",
                    "-cp",
                    System.getProperty("java.class.path"),
                    LocaleTranscript.class.getName(),
                    Files.createDirectory(place.resolve("out")).toString(),
                    workers))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int exit = process.waitFor();
    assertWithMessage(Files.readString(log)).that(exit).isEqualTo(0);
    return Files.readString(place.resolve("out/transcript.txt"));
  }
}
