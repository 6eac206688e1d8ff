package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
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

  /** Digits that are not ours, and what Turkish makes of I and i. */
  private static final Pattern FOREIGN = Pattern.compile("[\\p{Nd}&&[^0-9]]|[\u0131\u0130]");

  @TempDir Path folder;

  /** What it says in English, digits included. */
  @Test
  void inTurkishWithPersianWorkersItSaysAll() throws Exception {
    assertComplete(new Transcript(BY_DAY, "fa-IR").text());
  }

  @ParameterizedTest
  @Tag("nightly")
  @CsvSource({"tr-TR, fa-IR", "fa-IR, tr-TR", "ar-EG, mr-IN", "mr-IN, ar-EG"})
  void isTheSameAsInEnglish(String language, String workers) throws Exception {
    String english = new Transcript("en-US", "en-US").text();
    assertComplete(english);
    assertThat(new Transcript(language, workers).text()).isEqualTo(english);
  }

  private static void assertComplete(String transcript) {
    assertThat(transcript).contains("The Eiffel Tower is in the city of Paris");
    assertThat(transcript)
        .contains("read  transformer.h.3.output, step 0, fired 1, shape [1, 8, 128]");
    assertThat(transcript).contains("compiles: true\n");
    assertThat(transcript).contains("206 [bytes 10-12/");
    assertThat(transcript).contains("[JOB] COMPLETED");
    assertThat(FOREIGN.matcher(transcript).find()).isFalse();
  }

  /** A JVM in a language. */
  private final class Transcript {
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
