package org.nnsight4j.internal.hub;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.CheckpointException;

/** The cache as Hugging Face lays it out, and a hub that behaves as theirs, and misbehaves. */
final class HubSnapshotTest {
  private static final String ID = "org/name";
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String OTHER = "fedcba9876543210fedcba9876543210fedcba98";
  private static final byte[] WEIGHTS = bytes(300_000, 1);
  private static final String CONFIG = "{\"model_type\": \"gpt2\"}";

  @TempDir private Path cache;
  private FakeHub hub;
  private final List<Duration> pauses = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    hub =
        new FakeHub()
            .revision(ID, "main", COMMIT)
            .large("model.safetensors")
            .file(ID, COMMIT, "config.json", CONFIG)
            .file(ID, COMMIT, "tokenizer.json", "{}")
            .file(ID, COMMIT, "model.safetensors", WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private HubSettings settings(String... environment) {
    Map<String, String> variables =
        new java.util.HashMap<>(
            Map.of("HF_HUB_CACHE", cache.toString(), "HF_ENDPOINT", hub.endpoint() + "/"));
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    return HubSettings.of(variables, cache.resolve("nobody"));
  }

  private HubSnapshot snapshot(String name, String... environment) {
    return snapshot(name, settings(environment));
  }

  private HubSnapshot snapshot(String name, HubSettings settings) {
    return new HubSnapshot(HubName.parse(name), settings, (file, bytes, size) -> {}, pauses::add);
  }

  private Path download(String name, String... environment) {
    HubSnapshot snapshot = snapshot(name, environment);
    Path directory = snapshot.configuration();
    snapshot.weights();
    return directory;
  }

  private String refused(String name, String... environment) {
    return assertThrows(CheckpointException.class, () -> download(name, environment)).getMessage();
  }

  private Path repo() {
    return cache.resolve("models--org--name");
  }

  private long incomplete() throws IOException {
    try (Stream<Path> blobs = Files.list(repo().resolve("blobs"))) {
      return blobs.filter(file -> file.toString().endsWith(".incomplete")).count();
    }
  }

  /** Python's client 2 keeps large files once for all repositories, behind a second link. */
  @Test
  void blobsThatRepositoriesShareAreFollowed() throws IOException {
    Path directory = download(ID);
    Path blob = directory.resolve("model.safetensors").toRealPath();
    Path shared = cache.resolve("blobs/ab/" + "ab".repeat(32));
    Files.createDirectories(shared.getParent());
    Files.writeString(cache.resolve("blobs/.huggingface-shared-blobs"), "1\n");
    Files.move(blob, shared);
    Files.createSymbolicLink(blob, Path.of("../../blobs/ab/" + "ab".repeat(32)));
    hub.forget();
    Path again = download(ID, "HF_HUB_OFFLINE", "1");
    assertThat(Files.readAllBytes(again.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    assertThat(hub.seen()).isEmpty();
    // Another revision with the same file links to it, and nothing is fetched.
    hub.revision(ID, "other", OTHER)
        .file(ID, OTHER, "config.json", CONFIG)
        .file(ID, OTHER, "tokenizer.json", "{}")
        .file(ID, OTHER, "model.safetensors", WEIGHTS);
    Path other = download(ID + "@other");
    assertThat(Files.readAllBytes(other.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    assertThat(hub.gets("model.safetensors")).isEmpty();
    assertThat(other.resolve("model.safetensors").toRealPath()).isEqualTo(shared.toRealPath());
  }

  /** A shared file that is gone is fetched again, in its place and not through the link. */
  @Test
  void aLinkToASharedBlobThatIsGoneIsMended() throws IOException {
    Path directory = download(ID);
    Path blob = directory.resolve("model.safetensors").toRealPath();
    Files.delete(blob);
    Files.createSymbolicLink(blob, Path.of("../../blobs/cd/" + "cd".repeat(32)));
    Path again = download(ID);
    assertThat(Files.readAllBytes(again.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
  }

  @Test
  void cacheHasTheLayoutOfHuggingFace() throws IOException {
    Path directory = download(ID);
    assertThat(directory).isEqualTo(repo().resolve("snapshots").resolve(COMMIT));
    assertThat(Files.readString(repo().resolve("refs/main"))).isEqualTo(COMMIT);
    Path weights = directory.resolve("model.safetensors");
    assertThat(Files.readSymbolicLink(weights).toString())
        .isEqualTo("../../blobs/" + FakeHub.sha256(WEIGHTS));
    assertThat(Files.readAllBytes(weights)).isEqualTo(WEIGHTS);
    assertThat(Files.readSymbolicLink(directory.resolve("config.json")).toString())
        .isEqualTo(
            "../../blobs/" + FakeHub.git(CONFIG.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(Files.size(repo().resolve(".no_exist/" + COMMIT + "/tokenizer_config.json")))
        .isEqualTo(0);
    assertThat(
            cache
                .resolve(".locks/models--org--name/" + FakeHub.sha256(WEIGHTS) + ".lock")
                .toFile()
                .exists())
        .isTrue();
    assertThat(incomplete()).isEqualTo(0);
    assertThat(Files.exists(directory.resolve("chat_template.jinja"))).isFalse();
  }

  @Test
  void cachedFilesNeedNoHub() {
    Path directory = download(ID);
    hub.forget();
    assertThat(download(ID)).isEqualTo(directory);
    assertThat(download(ID + "@" + COMMIT)).isEqualTo(directory);
    assertThat(hub.seen()).isEmpty();
    hub.close();
    assertThat(download(ID, "HF_HUB_OFFLINE", "1")).isEqualTo(directory);
    assertThat(download(ID, "TRANSFORMERS_OFFLINE", "yes")).isEqualTo(directory);
  }

  @Test
  void weightsComeLast() {
    HubSnapshot snapshot = snapshot(ID);
    Path directory = snapshot.configuration();
    assertThat(Files.exists(directory.resolve("model.safetensors"))).isFalse();
    assertThat(hub.gets("model.safetensors")).isEmpty();
    snapshot.weights();
    assertThat(Files.exists(directory.resolve("model.safetensors"))).isTrue();
  }

  @Test
  void tokenGoesToTheHubAlone() {
    hub.gate("GatedRepo", "secret");
    download(ID, "HF_TOKEN", " secret\n");
    for (FakeHub.Seen each : hub.seen()) {
      assertWithMessage("%s", each)
          .that(each.token())
          .isEqualTo(each.where().equals("hub") ? "Bearer secret" : "null");
    }
    assertThat(hub.seen().stream().filter(each -> each.where().equals("cdn")).count()).isEqualTo(1);
    assertThat(settings("HF_TOKEN", "secret").toString()).doesNotContain("secret");
    assertThat(
            settings("HF_TOKEN", "secret")
                .withEndpoint(java.net.URI.create("http://127.0.0.1:1"))
                .token())
        .isNull();
  }

  private static long begin(String range) {
    return Long.parseLong(range.replaceFirst("bytes=(\\d+)-", "$1"));
  }

  @Test
  void resumesWhereAConnectionBroke() throws IOException {
    hub.faults("model.safetensors", FakeHub.cut(100_000), FakeHub.cut(50_000), FakeHub.cut(0));
    Path directory = download(ID);
    assertThat(Files.readAllBytes(directory.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    List<String> ranges =
        hub.gets("model.safetensors").stream()
            .filter(each -> each.where().equals("cdn"))
            .map(FakeHub.Seen::range)
            .toList();
    assertThat(ranges).hasSize(4);
    assertThat(ranges.get(0)).isEqualTo("null");
    // A connection that breaks can lose its last bytes on the way.
    long first = begin(ranges.get(1));
    long second = begin(ranges.get(2));
    assertThat(first).isIn(Range.closed(90_000L, 100_000L));
    assertThat(second).isIn(Range.closed(first + 40_000, first + 50_000));
    assertThat(begin(ranges.get(3))).isEqualTo(second);
  }

  @Test
  void resumesWhereAnEarlierOpeningEnded() throws IOException {
    FakeHub.Fault[] cuts = new FakeHub.Fault[7];
    java.util.Arrays.fill(cuts, FakeHub.cut(0));
    cuts[0] = FakeHub.cut(1000);
    hub.faults("model.safetensors", cuts);
    assertThat(refused(ID)).contains("the next opening goes on from there");
    assertThat(pauses)
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8))
        .inOrder();
    assertThat(incomplete()).isEqualTo(1);
    hub.forget();
    hub.faults("model.safetensors");
    Path directory = download(ID);
    assertThat(hub.gets("model.safetensors").get(0).range()).isEqualTo("bytes=1000-");
    assertThat(Files.readAllBytes(directory.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
  }

  @Test
  void aServerWithoutRangesStartsAgain() throws IOException {
    hub.faults("model.safetensors", FakeHub.cut(1000), FakeHub.whole());
    assertThat(Files.readAllBytes(download(ID).resolve("model.safetensors"))).isEqualTo(WEIGHTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "config.json"})
  void wrongBytesAreRefused(String file) throws IOException {
    hub.faults(file, FakeHub.damaged());
    String message = refused(ID);
    assertThat(message).contains(file + " was damaged on its way: expected the hash");
    assertThat(incomplete()).isEqualTo(0);
    assertThat(Files.exists(repo().resolve("snapshots/" + COMMIT + "/" + file))).isFalse();
    assertThat(Files.readAllBytes(download(ID).resolve("model.safetensors"))).isEqualTo(WEIGHTS);
  }

  @Test
  void damagedLeftoversAreFetchedAgain() throws IOException {
    Path blobs = Files.createDirectories(repo().resolve("blobs"));
    Files.write(blobs.resolve(FakeHub.sha256(WEIGHTS) + ".nnsight4j.incomplete"), bytes(1000, 99));
    assertThat(Files.readAllBytes(download(ID).resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    assertThat(
            hub.gets("model.safetensors").stream()
                .filter(each -> each.where().equals("cdn"))
                .map(FakeHub.Seen::range))
        .containsExactly("bytes=1000-", "null")
        .inOrder();
  }

  @Test
  void silenceIsABrokenConnection() throws IOException {
    hub.faults("model.safetensors", FakeHub.stall(1000));
    HubSnapshot snapshot = snapshot(ID, settings().withSilence(Duration.ofSeconds(1)));
    Path directory = snapshot.configuration();
    snapshot.weights();
    assertThat(Files.readAllBytes(directory.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
    assertThat(hub.gets("model.safetensors").get(2).range()).isEqualTo("bytes=1000-");
  }

  @Test
  void waitsAsLongAsTheHubAsks() {
    hub.faults("HEAD config.json", FakeHub.status(429, "Retry-After", "17"));
    hub.faults("config.json", FakeHub.status(503), FakeHub.status(500));
    hub.faults(
        "model.safetensors",
        FakeHub.status(
            429,
            "Retry-After",
            "Mon, 30 Nov 2026 12:00:30 GMT",
            "Date",
            "Mon, 30 Nov 2026 12:00:00 GMT"));
    download(ID);
    assertThat(pauses.subList(0, 3))
        .containsExactly(Duration.ofSeconds(17), Duration.ofSeconds(1), Duration.ofSeconds(2))
        .inOrder();
    // The server's own clock may stand before the date in the header.
    assertThat(pauses).hasSize(4);
  }

  @Test
  void doesNotWaitForEver() {
    hub.faults("HEAD config.json", FakeHub.status(429, "Retry-After", "3600"));
    assertThat(refused(ID)).contains("asks to wait 3600 seconds; try again then, or set HF_TOKEN");
    assertThat(pauses).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GatedRepo | '' | is gated: accept its terms at http",
        "GatedRepo | wrong | with the account of the token that was sent, which has no access yet",
        "RepoNotFound | '' | has no model org/name, or it is private: check the name, and set HF_TOKEN if it is private (the hub says: words of the hub)",
        "RepoNotFound | wrong | and whether the token that was sent may read it",
        "Other | '' | there is no such model, or it needs a token; check the name, and set HF_TOKEN",
        "Other | wrong | the token that was sent is not valid; make a new one, or unset HF_TOKEN",
      })
  void refusalsSayWhatToDo(String code, String token, String words) {
    hub.gate(code, "right");
    String message = token.isEmpty() ? refused(ID) : refused(ID, "HF_TOKEN", token);
    assertThat(message).contains(words);
    assertThat(message).doesNotContain("Bearer");
    assertThat(pauses).isEmpty();
  }

  @Test
  void missingThings() {
    assertThat(refused("org/none")).contains("has no model org/none, or it is private");
    assertThat(refused(ID + "@v9")).contains("org/name has no revision 'v9'");
    hub.revision("org/empty", "main", COMMIT);
    assertThat(refused("org/empty")).contains("org/empty has no config.json at main");
    hub.file("org/empty", COMMIT, "config.json", CONFIG);
    assertThat(refused("org/empty")).contains("has neither model.safetensors nor");
    hub.file("org/empty", COMMIT, "pytorch_model.bin", CONFIG);
    assertThat(refused("org/empty"))
        .contains("only as pytorch_model.bin, which is a pickle and may run code");
    assertThat(refused("org/empty")).contains("revision refs/pr/N");
    assertThat(hub.gets("pytorch_model.bin")).isEmpty();
  }

  /** What a server says becomes names of files. */
  @ParameterizedTest
  @ValueSource(strings = {"..", "../../x", "a/b", ".hidden", ""})
  void hashesAreNotPaths(String etag) {
    hub.faults("HEAD config.json", FakeHub.answer(etag));
    assertThat(refused(ID)).contains("without the commit (X-Repo-Commit) and the hash (ETag)");
  }

  @Test
  void revisions() throws IOException {
    hub.revision(ID, "refs/pr/1", OTHER)
        .file(ID, OTHER, "config.json", "{\"model_type\": \"llama\"}")
        .file(ID, OTHER, "model.safetensors", WEIGHTS);
    Path main = download(ID);
    Path pull = download(ID + "@refs/pr/1");
    assertThat(hub.seen().get(hub.seen().size() - 1).path()).contains(OTHER);
    assertThat(pull.getFileName().toString()).isEqualTo(OTHER);
    assertThat(main.getFileName().toString()).isEqualTo(COMMIT);
    assertThat(Files.readString(repo().resolve("refs/refs/pr/1"))).isEqualTo(OTHER);
    // The same bytes are there once, and were fetched once.
    assertThat(hub.gets("model.safetensors").stream().filter(e -> e.where().equals("cdn")).count())
        .isEqualTo(1);
    assertThat(download(ID + "@refs/pr/1", "HF_HUB_OFFLINE", "TRUE")).isEqualTo(pull);
  }

  @Test
  void aMovedBranchStaysAsCached() throws IOException {
    Path directory = snapshot(ID).configuration();
    hub.revision(ID, "main", OTHER)
        .file(ID, OTHER, "config.json", "{}")
        .file(ID, OTHER, "model.safetensors", bytes(10, 5));
    HubSnapshot again = snapshot(ID);
    assertThat(again.configuration()).isEqualTo(directory);
    again.weights();
    assertThat(Files.readAllBytes(directory.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
  }

  @Test
  void shardsOfAnIndex() throws IOException {
    String index =
        "{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\", \"c\": \"model-00001-of-00002.safetensors\"}}";
    hub.revision("org/sharded", "main", COMMIT)
        .file("org/sharded", COMMIT, "config.json", CONFIG)
        .file("org/sharded", COMMIT, "model.safetensors.index.json", index)
        .file("org/sharded", COMMIT, "model-00001-of-00002.safetensors", bytes(1000, 2));
    assertThat(refused("org/sharded"))
        .contains(
            "names the shard model-00002-of-00002.safetensors, which org/sharded does not have");
    Path none =
        cache.resolve(
            "models--org--sharded/.no_exist/" + COMMIT + "/model-00002-of-00002.safetensors");
    assertThat(Files.exists(none)).isTrue();
    hub.file("org/sharded", COMMIT, "model-00002-of-00002.safetensors", bytes(2000, 3));
    Path directory = download("org/sharded");
    assertThat(Files.size(directory.resolve("model-00002-of-00002.safetensors"))).isEqualTo(2000);
    Files.delete(directory.resolve("model-00001-of-00002.safetensors"));
    assertThat(refused("org/sharded", "HF_HUB_OFFLINE", "1"))
        .contains("the cache has no model-00001-of-00002.safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.safetensors", "/etc/a.safetensors", "a.bin", "a/b.safetensors"})
  void shardsAreNextToTheirIndex(String shard) {
    hub.revision("org/sharded", "main", COMMIT)
        .file("org/sharded", COMMIT, "config.json", CONFIG)
        .file(
            "org/sharded",
            COMMIT,
            "model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
    assertThat(refused("org/sharded")).contains("in the same directory, found");
  }

  @Test
  void offlineSaysWhereItLooked() {
    assertThat(refused(ID, "HF_HUB_OFFLINE", "1")).contains(repo().toString());
    assertThat(hub.seen()).isEmpty();
    snapshot(ID).configuration();
    assertThat(refused(ID, "HF_HUB_OFFLINE", "on")).contains("the cache has no model.safetensors");
  }

  @Test
  void aModelInTheCacheOpensWithoutANetwork() throws IOException {
    Path directory = Files.createDirectories(repo().resolve("snapshots").resolve(COMMIT));
    Files.writeString(directory.resolve("config.json"), CONFIG);
    Files.write(directory.resolve("model.safetensors"), WEIGHTS);
    Files.createDirectories(repo().resolve("refs"));
    Files.writeString(repo().resolve("refs/main"), COMMIT);
    hub.close();
    assertThat(download(ID)).isEqualTo(directory);
    assertThat(pauses).isEmpty();
  }

  @Test
  void withoutLinksTheFilesThemselvesAreInTheSnapshot() throws IOException {
    Path directory = download(ID, "HF_HUB_DISABLE_SYMLINKS", "1");
    Path weights = directory.resolve("model.safetensors");
    assertThat(Files.isSymbolicLink(weights)).isFalse();
    assertThat(Files.readAllBytes(weights)).isEqualTo(WEIGHTS);
    assertThat(Files.exists(repo().resolve("blobs/" + FakeHub.sha256(WEIGHTS)))).isFalse();
  }

  @Test
  void severalAtOnceFetchOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Path>> tasks = java.util.Collections.nCopies(4, () -> download(ID));
      for (Future<Path> each : threads.invokeAll(tasks)) {
        assertThat(Files.readAllBytes(each.get().resolve("model.safetensors"))).isEqualTo(WEIGHTS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(hub.gets("model.safetensors").stream().filter(e -> e.where().equals("cdn")).count())
        .isEqualTo(1);
  }

  @Test
  void twoProcessesFetchOnce() throws Exception {
    hub.faults("model.safetensors", FakeHub.cut(100_000));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx64m",
              "-cp",
              System.getProperty("java.class.path"),
              OtherProcess.class.getName(),
              ID);
      builder.environment().put("HF_HUB_CACHE", cache.toString());
      builder.environment().put("HF_ENDPOINT", hub.endpoint().toString());
      processes.add(builder.inheritIO().start());
    }
    for (Process each : processes) {
      assertThat(each.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(each.exitValue()).isEqualTo(0);
    }
    List<String> ranges =
        hub.gets("model.safetensors").stream()
            .filter(each -> each.where().equals("cdn"))
            .map(FakeHub.Seen::range)
            .toList();
    assertThat(ranges).hasSize(2);
    assertThat(ranges.get(0)).isEqualTo("null");
    assertThat(begin(ranges.get(1))).isIn(Range.closed(90_000L, 100_000L));
    Path weights = repo().resolve("snapshots/" + COMMIT + "/model.safetensors");
    assertThat(Files.readAllBytes(weights)).isEqualTo(WEIGHTS);
  }

  /** Downloads as another program would. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] args) {
      HubSnapshot snapshot =
          HubSnapshot.of(
              HubName.parse(args[0]), HubSettings.ofEnvironment(), (file, bytes, size) -> {});
      snapshot.configuration();
      snapshot.weights();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a/b/c",
        "../a",
        "a/..",
        "a b",
        "org/na--me",
        "/a",
        "a/",
        "org/.hidden",
        "a@",
        "a@../x",
        "a@/x",
        "x.git"
      })
  void invalidNames(String text) {
    assertThrows(CheckpointException.class, () -> HubName.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gpt2", "Qwen/Qwen3-0.6B", "a/b@refs/pr/1", "a/b@v1.0", "a_b/c.d-e@step1000"})
  void names(String text) {
    assertThat(HubName.parse(text).toString()).isEqualTo(text);
  }

  @Test
  void foldersAndVariables() {
    Path user = cache.resolve("me");
    assertThat(HubSettings.of(Map.of(), user).cache())
        .isEqualTo(user.resolve(".cache/huggingface/hub"));
    assertThat(HubSettings.of(Map.of("XDG_CACHE_HOME", "/x"), user).cache().toString())
        .isEqualTo("/x/huggingface/hub");
    assertThat(HubSettings.of(Map.of("HF_HOME", "~/h"), user).cache())
        .isEqualTo(user.resolve("h/hub"));
    Map<String, String> two = Map.of("HUGGINGFACE_HUB_CACHE", "/old", "HF_HOME", "/h");
    assertThat(HubSettings.of(two, user).cache().toString()).isEqualTo("/old");
    assertThat(HubSettings.of(Map.of(), user).endpoint().toString())
        .isEqualTo("https://huggingface.co");
    assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "0"), user).offline()).isFalse();
    assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "True"), user).offline()).isTrue();
    assertThrows(
        CheckpointException.class, () -> HubSettings.of(Map.of("HF_ENDPOINT", "hub"), user));
    assertThrows(
        CheckpointException.class,
        () -> HubSettings.of(Map.of("HF_HUB_DOWNLOAD_TIMEOUT", "soon"), user));
  }

  @Test
  void tokens() throws IOException {
    Path user = cache.resolve("me");
    Path home = Files.createDirectories(user.resolve(".cache/huggingface"));
    Files.writeString(home.resolve("token"), "of-the-file\n");
    assertThat(HubSettings.of(Map.of(), user).token()).isEqualTo("of-the-file");
    assertThat(HubSettings.of(Map.of("HUGGING_FACE_HUB_TOKEN", "old"), user).token())
        .isEqualTo("old");
    assertThat(
            HubSettings.of(Map.of("HF_TOKEN", "new", "HUGGING_FACE_HUB_TOKEN", "old"), user)
                .token())
        .isEqualTo("new");
    assertThat(HubSettings.of(Map.of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"), user).token()).isNull();
    Path elsewhere = Files.writeString(user.resolve("t"), "elsewhere");
    assertThat(HubSettings.of(Map.of("HF_TOKEN_PATH", elsewhere.toString()), user).token())
        .isEqualTo("elsewhere");
  }

  @Test
  void aLineSaysHowFarItIs() {
    assertThat(ProgressBar.line("a", 2_500_000, 10_000_000, 2_500_000, 1_000_000_000))
        .isEqualTo("a  [#####               ] 2.5 of 10.0 MB, 2.5 MB/s");
    assertThat(ProgressBar.line("a", 2_500_000, -1, 0, 0)).isEqualTo("a  2.5 MB");
  }
}
