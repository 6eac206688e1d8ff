package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every option of every command with wrong values: the same code, and words of the command. */
final class OptionsTest {
  private static final String PROMPT = "The Eiffel Tower";
  private static final Set<String> OF_EVERY_COMMAND = Set.of("--help", "--version", "--stacktrace");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  /**
   * A wrong command line.
   *
   * @param line words by spaces; $ stands for {@link #PROMPT} as one word, DIR for a folder
   */
  private record Row(int code, String line, String words) {
    @Override
    public String toString() {
      return line.isEmpty() ? "nothing" : line;
    }
  }

  private static Row wrong(String line, String words) {
    return new Row(2, line, words);
  }

  private static Row failed(String line, String words) {
    return new Row(1, line, words);
  }

  /** The commands of analyses with all that they need. */
  private static final Map<String, String> ANALYSES =
      Map.ofEntries(
          Map.entry("attention", "attention $"),
          Map.entry("heads", "heads"),
          Map.entry("patch", "patch --answer #5 --corrupted-ids 1 $"),
          Map.entry("attribution-patch", "attribution-patch --answer #5 --corrupted-ids 1 $"),
          Map.entry("circuit", "circuit --answer #5 --corrupted-ids 1 $"),
          Map.entry("causal-trace", "causal-trace --answer #5 --subject 1 $"),
          Map.entry("knockout", "knockout --answer #5 --keys 1 $"),
          Map.entry("patchscope", "patchscope --target The $"),
          Map.entry("dla", "dla --answer #5 $"),
          Map.entry("steer", "steer --answer #5 --positive DIR/file --negative DIR/file $"),
          Map.entry("probe", "probe --positive DIR/file --negative DIR/file"),
          Map.entry("sae", "sae --sae DIR/file $"));

  /** Analyses of which the options that all have are tried by day; those of the others by night. */
  private static final Set<String> BY_DAY = Set.of("attention", "probe", "sae");

  static Stream<Row> rows() {
    return Stream.of(rowsOfTheDay(), rowsOfTheNight()).flatMap(rows -> rows);
  }

  static Stream<Row> rowsOfTheDay() {
    return Stream.concat(ownRows(), BY_DAY.stream().sorted().flatMap(OptionsTest::common));
  }

  static Stream<Row> rowsOfTheNight() {
    return ANALYSES.keySet().stream()
        .filter(name -> !BY_DAY.contains(name))
        .sorted()
        .flatMap(OptionsTest::common);
  }

  /** What the options that all analyses have say. */
  private static Stream<Row> common(String name) {
    String line = Objects.requireNonNull(ANALYSES.get(name));
    String rest = line.substring(name.length());
    Stream<Row> all =
        Stream.of(
            wrong(name + " --html DIR/none/a.html" + rest, "--html: DIR/none/a.html cannot be"),
            wrong(name + " --svg DIR" + rest, "--svg: DIR cannot be written: it is a folder"),
            wrong(name + " --json --svg DIR/a" + rest, "mutually exclusive"),
            wrong(name + " --strict=x" + rest, "'--strict'"),
            wrong(name + " --embedded x" + rest, "--embedded: expected a model inside nnsight4j"),
            wrong(name + " --dtype f64" + rest, "'--dtype': expected float32 or bfloat16"),
            wrong(name + " --device gpu" + rest, "expected a device as cpu"),
            wrong(name + " --weights q4" + rest, "'--weights': expected stored, bfloat16"),
            failed(name + " --model DIR/none" + rest, "found no such directory"));
    return line.contains("$")
        ? Stream.concat(
            all,
            Stream.of(
                new Row(
                    // Where files are read first, they are wrong.
                    name.equals("sae") ? 1 : 2,
                    name + rest.replace("$", "--ids 1329"),
                    name.equals("sae") ? "DIR/file" : "--ids: expected tokens of this model"),
                wrong(name + rest.replace(" $", ""), "Missing required parameter: 'PROMPT'")))
        : all;
  }

  private static Stream<Row> ownRows() {
    return Stream.of(
        // analyses
        wrong("attention --layers x $", "'--layers'"),
        failed("attention --layers 4 $", "layer 4 does not exist: this model has 4"),
        wrong(
            "patch --answer #5 $",
            "expected --corrupted or --corrupted-ids, found none; a patch needs two prompts"),
        wrong("patch --answer #5 --corrupted a --corrupted-ids 1 $", "found both; leave one out"),
        wrong("patch --answer #5 --corrupted-ids 5 $", "expected two prompts of as many tokens"),
        wrong(
            "patch --answer #5 --corrupted-ids 1329 $",
            "--corrupted-ids: expected tokens of this model"),
        wrong("patch --corrupted a $", "Missing required option: '--answer=TOKEN'"),
        wrong("patch --against #5 --corrupted a $", "Missing required option: '--answer=TOKEN'"),
        wrong(
            "patch --site mlp --answer #5 --corrupted a $",
            "--site: expected one of resid_pre, resid_mid, resid_post, attn_out"),
        wrong("patch --noise=x --answer #5 --corrupted a $", "'--noise'"),
        wrong(
            "attribution-patch --answer #5 $",
            "expected --corrupted or --corrupted-ids, found none; a patch needs two prompts"),
        wrong("attribution-patch --answer #5 --corrupted a --corrupted-ids 1 $", "found both"),
        wrong("attribution-patch --against #5 --corrupted a $", "'--answer=TOKEN'"),
        wrong(
            "attribution-patch --site pattern --answer #5 --corrupted a $",
            "--site: expected a vector for each token that can be written, found pattern; nnsight4j patch has it"),
        wrong("attribution-patch --noise=x --answer #5 --corrupted a $", "'--noise'"),
        wrong(
            "circuit --answer #5 $",
            "expected --corrupted or --corrupted-ids, found none; a circuit needs two prompts"),
        wrong("circuit --answer #5 --corrupted a --corrupted-ids 1 $", "found both"),
        wrong("circuit --answer #5 --corrupted-ids 5 $", "two prompts of as many tokens"),
        wrong("circuit --against #5 --corrupted a $", "'--answer=TOKEN'"),
        wrong(
            "circuit --steps -1 --answer #5 --corrupted a $",
            "--steps is -1; it must be at least 0"),
        wrong("circuit --top 0 --answer #5 --corrupted a $", "--top is 0; it must be at least 1"),
        wrong("circuit --every-position=x --answer #5 --corrupted a $", "'--every-position'"),
        wrong("circuit --out DIR --answer #5 --corrupted a $", "--out: DIR cannot be written"),
        wrong(
            "circuit --neuronpedia DIR/none/a --answer #5 --corrupted a $",
            "--neuronpedia: DIR/none/a cannot be written"),
        wrong("causal-trace --subject 1 $", "'--answer=TOKEN'"),
        wrong("causal-trace --answer #5 $", "'--subject=N[,N...]'"),
        wrong("causal-trace --answer #9999 --subject 1 $", "--answer: expected a token of this"),
        failed("causal-trace --answer #5 --subject 99 $", "position 99 does not exist"),
        wrong(
            "causal-trace --restore q --answer #5 --subject 1 $",
            "--restore: expected stream, attention or mlp, found 'q'"),
        wrong("causal-trace --level -1 --answer #5 --subject 1 $", "--level is -1.0"),
        wrong("causal-trace --samples 0 --answer #5 --subject 1 $", "--samples is 0"),
        wrong("causal-trace --window 0 --answer #5 --subject 1 $", "--window is 0"),
        wrong("causal-trace --seed x --answer #5 --subject 1 $", "'--seed'"),
        wrong("knockout --keys 1 $", "'--answer=TOKEN'"),
        wrong("knockout --answer #5 $", "'--keys=N[,N...]'"),
        wrong("knockout --answer #5 --keys x $", "'--keys'"),
        wrong("knockout --answer #5 --keys 1 --queries x $", "'--queries'"),
        wrong("knockout --answer #5 --keys 1 --window 0 $", "--window is 0"),
        failed(
            "knockout --answer #5 --keys 0 --queries 0 $", "position 0 could see nothing at all"),
        wrong("patchscope $", "'--target=TEXT'"),
        wrong("patchscope --target= $", "--target"),
        wrong("patchscope --position x --target The $", "'--position'"),
        failed("patchscope --position 99 --target The $", "position 99 does not exist"),
        failed("patchscope --target-position 99 --target The $", "position 99 does not exist"),
        failed("patchscope --target-layer 4 --target The $", "layer 4 does not exist"),
        wrong("patchscope --max-new-tokens 0 --target The $", "--max-new-tokens is 0"),
        wrong("heads --distances x", "'--distances'"),
        failed("heads --distances 1", "expected distances from 2 to 63"),
        wrong("heads --seed x", "'--seed'"),
        wrong("dla $", "Missing required option: '--answer=TOKEN'"),
        wrong("dla --against #5 $", "Missing required option: '--answer=TOKEN'"),
        wrong(
            "dla --answer Nowhereatall $",
            "--answer: expected a text of one token, found 'Nowhereatall'"),
        wrong("dla --answer #1329 $", "which are #0 to #1328, found #1329"),
        wrong("dla --answer #5 --against #9999 $", "--against: expected a token of this model"),
        wrong("dla --answer #5 --position x $", "'--position'"),
        failed("dla --answer #5 --position 99 $", "position 99 does not exist"),
        wrong("steer --positive a --answer #5 $", "--negative"),
        wrong(
            "steer --positive - --negative - --answer #5 $",
            "standard input is one file: give another to --negative"),
        wrong(
            "steer --positive DIR/no --negative DIR/file --answer #5 $",
            "--positive: DIR/no cannot be read; is it there?"),
        wrong(
            "steer --method svd --positive a --negative b --answer #5 $",
            "--method: expected mean or pca, found 'svd'"),
        wrong("steer --layers x --positive a --negative b --answer #5 $", "'--layers'"),
        wrong("steer --strengths x --positive a --negative b --answer #5 $", "'--strengths'"),
        wrong(
            "steer --out DIR/none/v.gguf --positive a --negative b --answer #5 $",
            "--out: DIR/none/v.gguf cannot be written"),
        wrong("steer --against #5 --positive a --negative b $", "--answer"),
        wrong("steer --negative b --answer #5 $", "'--positive=FILE'"),
        wrong("probe --layers x --positive a --negative b", "'--layers'"),
        wrong("probe --positions x --positive a --negative b", "'--positions'"),
        wrong("probe --folds 1 --positive a --negative b", "--folds is 1; it must be at least 2"),
        wrong("probe --seed x --positive a --negative b", "'--seed'"),
        wrong("probe --positive a", "'--negative=FILE'"),
        wrong("probe --negative a", "'--positive=FILE'"),
        failed(
            "probe --positive DIR/file --negative DIR/file",
            "expected 5 texts or more of each kind"),
        wrong("sae $", "'--sae=PATH'"),
        wrong("sae --sae DIR/no $", "--sae: there is no DIR/no"),
        wrong("sae --sae DIR --top 0 $", "--top is 0; it must be at least 1"),
        wrong("sae --sae DIR --ablate 1 $", "--ablate measures an answer: add --answer"),
        wrong("sae --sae DIR --answer #1 $", "add --ablate"),
        wrong(
            "sae --sae DIR --answer #1 --against #2 --ablate 3 $",
            "--against is not for this command"),
        failed("sae --sae DIR/file --hook x $", "DIR/file"),
        // run
        wrong("run --max-new-tokens 0 $", "--max-new-tokens must be at least 1, found 0"),
        wrong("run --max-new-tokens -3 $", "--max-new-tokens must be at least 1, found -3"),
        wrong(
            "run --max-new-tokens many $",
            "Invalid value for option '--max-new-tokens': 'many' is not an integer of at most 32 bits"),
        wrong("run --max-new-tokens 99999999999 $", "'--max-new-tokens'"),
        wrong("run --max-new-tokens 2.5 $", "'--max-new-tokens'"),
        wrong("run --max-new-tokens= $", "'--max-new-tokens'"),
        wrong("run --max-new-tokens 1000 $", "with --max-new-tokens 1000 they need"),
        wrong("run --max-new-tokens 1 --max-new-tokens 2 $", "'--max-new-tokens' (N) should be"),
        wrong("run $ --max-new-tokens", "Missing required parameter for option '--max-new-tokens'"),
        wrong("run --min-new-tokens -1 $", "--min-new-tokens must be at least 0, found -1"),
        wrong(
            "run --min-new-tokens 5 --max-new-tokens 3 $",
            "--min-new-tokens=5 is more than --max-new-tokens=3: lower the first or raise"),
        wrong("run --num-beams 0 $", "--num-beams must be at least 1, found 0"),
        wrong("run --num-return-sequences 0 $", "--num-return-sequences must be at least 1"),
        wrong(
            "run --num-return-sequences 2 $",
            "--num-return-sequences=2 would be the same greedy sequence 2 times: add --do-sample or --num-beams 2"),
        wrong(
            "run --num-return-sequences 4 --num-beams 3 $",
            "--num-return-sequences=4 is more than --num-beams=3: raise --num-beams or lower"),
        wrong("run --do-sample=maybe $", "'--do-sample'"),
        wrong("run --do-sample --temperature 0 $", "--temperature must be a positive number"),
        wrong("run --temperature 0 $", "for greedy decoding use no --do-sample"),
        wrong("run --temperature NaN $", "--temperature must be a positive number"),
        wrong("run --temperature hot $", "'hot' is not a number"),
        wrong(
            "run --temperature 2 $",
            "--temperature=2.0 has no effect with greedy decoding: add --do-sample or remove --temperature"),
        wrong("run --top-k -1 $", "--top-k must be at least 0, found -1"),
        wrong("run --top-k 5 $", "--top-k=5 has no effect with greedy decoding"),
        wrong("run --top-p 0 $", "--top-p must be above 0 and at most 1, found 0.0"),
        wrong("run --top-p 1.5 $", "--top-p must be above 0 and at most 1"),
        wrong("run --seed x $", "'--seed'"),
        wrong("run --seed 3 $", "--seed=3 has no effect with greedy decoding"),
        wrong("run --repetition-penalty 0 $", "--repetition-penalty must be a positive number"),
        wrong("run --stop= $", "--stop must not contain the empty string"),
        wrong("run $ --stop", "'--stop'"),
        wrong("run --json=yes,no $", "'--json'"),
        wrong("run --verbose=2 $", "'--verbose'"),
        wrong("run --strict=x $", "'--strict'"),
        wrong(
            "run --embedded bert $",
            "--embedded: expected a model inside nnsight4j, which are gpt2 and llama, found 'bert'"),
        wrong("run --embedded llama --model DIR $", "expected --model or --embedded, found both"),
        wrong("run --chat=x $", "'--chat'"),
        wrong("run --chat --ids 5", "expected a text with --chat, found --ids"),
        wrong("run --system brief $", "--system is a message of a chat: add --chat"),
        wrong("run --dtype int8 $", "'--dtype': expected float32 or bfloat16, found 'int8'"),
        wrong("run --dtype auto $", "auto is the file's type in transformers; say it"),
        wrong("run --dtype torch.float16 $", "float32 computes with a float16 file exactly"),
        wrong("run --weights int4 $", "expected stored, bfloat16, float16 or int8, found 'int4'"),
        wrong(
            "run --weights int8 --dtype bf16 $",
            "weights kept as INT8 are for a run in FLOAT32 on cpu, found BFLOAT16 on cpu"),
        wrong("run --device gpu $", "expected a device as cpu, cuda, cuda:1, mps or xpu"),
        failed("run --device cuda:7 $", "there is no device 'cuda:7' here; there is cpu."),
        wrong("run --ids 1,x", "'x' is not an integer of at most 64 bits"),
        wrong("run --ids 1,,2", "'--ids'"),
        wrong("run --ids=", "'--ids'"),
        wrong(
            "run --ids 1,-2",
            "--ids: expected tokens of this model, which are 0 to 1328, found -2"),
        wrong("run --ids 5 --max-new-tokens 2000", "the prompt has 1 token; with --max-new-tokens"),
        wrong("run --ids 1329", "--ids: expected tokens of this model, which are 0 to 1328"),
        wrong("run --ids 1 $", "expected PROMPT or --ids, found both"),
        wrong("run", "Missing required parameter: 'PROMPT'"),
        wrong("run a b", "expected one PROMPT, found 2: 'a', 'b'; put quotes around"),
        wrong(
            "run --max-tokens 3 The",
            "unknown option --max-tokens; did you mean --max-new-tokens? (see nnsight4j run --help)"),
        wrong(
            "run --maxNewTokens=3 $",
            "unknown option --maxNewTokens; did you mean --max-new-tokens?"),
        wrong("run --max_new_tokens 3 $", "did you mean --max-new-tokens?"),
        wrong("run --beams 3 $", "unknown option --beams; did you mean --num-beams?"),
        wrong("run --quantum $", "unknown option --quantum (see"),
        wrong("run -x $", "unknown option -x"),
        wrong("run -vh $", "unknown option -vh"),
        failed("run --model DIR/none $", "found no such directory"),
        failed("run --model DIR $", "expected config.json in this model directory"),
        // lens
        wrong("lens --top 0 $", "--top is 0; it must be at least 1"),
        wrong("lens --top 2000 $", "--top is 2000; it can be 1 to 1329"),
        wrong("lens --top x $", "'--top'"),
        wrong(
            "lens --svg DIR/none/a.svg $",
            "--svg: DIR/none/a.svg cannot be written: there is no folder DIR/none"),
        wrong("lens --html DIR/none/a.html $", "--html: DIR/none/a.html cannot be written"),
        wrong("lens --svg DIR $", "--svg: DIR cannot be written: it is a folder"),
        wrong("lens --svg DIR/a --html DIR/b $", "mutually exclusive"),
        wrong("lens --json --svg DIR/a.svg $", "mutually exclusive"),
        wrong("lens --ids 1329", "--ids: expected tokens of this model"),
        wrong("lens --topp 3 $", "unknown option --topp; did you mean --top?"),
        wrong("lens --strict=x $", "'--strict'"),
        wrong("lens --embedded GPT2 $", "--embedded: expected a model inside nnsight4j"),
        wrong("lens --dtype half $", "'--dtype': expected float32 or bfloat16, found 'half'"),
        wrong("lens --device CPU $", "'--device': expected a device as cpu"),
        wrong("lens --weights fp8 $", "'--weights': expected stored, bfloat16, float16 or int8"),
        wrong("lens", "Missing required parameter: 'PROMPT'"),
        failed("lens --model DIR/none $", "found no such directory"),
        // agreement
        wrong("agreement $", "expected --weights or --dtype, because the model is compared with"),
        wrong("agreement --weights int3 $", "'--weights': expected stored, bfloat16, float16"),
        wrong("agreement --dtype fp64 $", "'--dtype': expected float32 or bfloat16"),
        wrong("agreement --device CPU $", "'--device': expected a device as cpu"),
        wrong(
            "agreement --weights int8 --embedded x $",
            "--embedded: expected a model inside nnsight4j"),
        wrong("agreement --strict=x $", "'--strict'"),
        wrong("agreement --weights int8 --ids 1329", "--ids: expected tokens of this model"),
        failed("agreement --weights int8 --model DIR/none $", "found no such directory"),
        wrong("agreement --weights int8", "Missing required parameter: 'PROMPT'"),
        // cache
        wrong("cache $", "Missing required option: '--out=FILE'"),
        wrong(
            "cache --out DIR/none/a $", "--out: DIR/none/a cannot be written: there is no folder"),
        wrong("cache --out DIR $", "--out: DIR cannot be written: it is a folder"),
        wrong(
            "cache --out DIR/a --sites h.99 $",
            "--sites: nothing is called 'h.99'; there are for example input, transformer.input,"),
        wrong("cache --out DIR/a --sites= $", "--sites"),
        wrong("cache --out DIR/a --ids 1329", "--ids: expected tokens of this model"),
        wrong("cache --out DIR/a --strict=x $", "'--strict'"),
        wrong("cache --out DIR/a --embedded x $", "--embedded: expected a model inside nnsight4j"),
        wrong("cache --out DIR/a --dtype f64 $", "'--dtype': expected float32 or bfloat16"),
        wrong("cache --out DIR/a --weights f $", "'--weights': expected stored, bfloat16, float16"),
        wrong("cache --out DIR/a --device cuda: $", "'--device': expected a device as cpu"),
        wrong("cache --out DIR/a", "Missing required parameter: 'PROMPT'"),
        wrong("cache --site a --out DIR/a $", "unknown option --site; did you mean --sites?"),
        failed("cache --out DIR/a --model DIR/none $", "found no such directory"),
        // describe
        wrong("describe", "Missing required parameter: 'CHECKPOINT'"),
        wrong("describe DIR --model DIR", "expected CHECKPOINT or --model, found both"),
        failed("describe --model DIR/none", "found no such directory"),
        failed("describe --model hub:a//b", "'a//b' is no name of a model at a hub"),
        failed("run --model a/b@../c $", "'../c' is no revision; expected a branch"),
        wrong(
            "describe DIR --name x", "--name says how files are written: add --snapshot or --java"),
        wrong("describe DIR --package x", "--package says how files are written"),
        wrong("describe DIR --out DIR", "--out says how files are written"),
        wrong("describe DIR DIR", "expected nothing more, found 'DIR'"),
        wrong("describe DIR --snapshots", "unknown option --snapshots; did you mean --snapshot?"),
        wrong("describe DIR --snapshot=x", "'--snapshot'"),
        wrong("describe DIR --java=x", "'--java'"),
        failed("describe DIR", "expected config.json"),
        // serve
        wrong("serve --dtype fp16", "'--dtype': expected float32 or bfloat16, found 'fp16'"),
        wrong("serve --weights q4", "'--weights': expected stored, bfloat16, float16 or int8"),
        wrong("serve --device tpu", "'--device': expected a device as cpu"),
        failed("serve --data DIR/cuda --device cuda", "there is no device 'cuda' here"),
        wrong("serve --model gpt2", "--model: expected a model as NAME="),
        wrong("serve --model a/b=DIR", "--model: expected a model name of letters"),
        wrong("serve --no-models --model a=b", "expected --no-models or --model, found both"),
        wrong("serve --no-models=x", "'--no-models'"),
        wrong(
            "serve --no-models --embedded llama", "expected --no-models or --embedded, found both"),
        wrong("serve --embedded x", "--embedded: expected a model inside nnsight4j"),
        wrong("serve --workers 0", "--workers: expected 1 to 64, found 0"),
        wrong("serve --workers 65", "--workers: expected 1 to 64, found 65"),
        wrong("serve --workers x", "'--workers'"),
        wrong("serve --share 0", "--share: expected 1 to 64 requests"),
        wrong("serve --batch-rows 0", "--batch-rows: expected 1 to 64 runs"),
        wrong("serve --worker-heap 1t", "--worker-heap: expected the heap of a worker like 512m"),
        wrong("serve --limit speed=9", "--limit: expected the name of a limit"),
        wrong("serve --postgres host", "--postgres: expected a URL like jdbc:postgresql://"),
        wrong("serve --host= --no-models", "--host: expected the name or address of this machine"),
        wrong("serve --host 0.0.0.0", "expected TLS to listen on 0.0.0.0"),
        wrong("serve --admin-host 0.0.0.0", "expected TLS to listen on 0.0.0.0"),
        wrong(
            "serve --trusted-proxy 10.0.0.0/8",
            "expected --behind-proxy with --trusted-proxy, found none"),
        wrong(
            "serve --behind-proxy --trusted-proxy=x",
            "--trusted-proxy: expected addresses like 10.0.0.0/8"),
        wrong("serve --port -1", "expected 0 to 65535 as --port, found -1"),
        wrong("serve --port x", "'--port'"),
        wrong("serve --admin-port 70000", "expected 0 to 65535 as --admin-port, found 70000"),
        wrong("serve --tls-keystore DIR/k", "expected --tls-password-file with --tls-keystore"),
        wrong(
            "serve --tls-password-file DIR/p", "expected --tls-keystore with --tls-password-file"),
        failed(
            "serve --tls-keystore DIR/k --tls-password-file DIR/p",
            "DIR/p cannot be written or read: there is no such file or folder"),
        failed(
            "serve --tls-keystore DIR/file --tls-password-file DIR/file",
            "--tls-keystore: DIR/file cannot be opened with the password in DIR/file"),
        failed("serve --config DIR/none.yaml", "DIR/none.yaml"),
        wrong("serve --no-models --model-store DIR/none", "--model-store: expected a folder"),
        wrong("serve --access-log-format xml --access-log -", "expected json or combined as the"),
        wrong("serve --access-log-days 0 --access-log -", "expected 1 to 3650 days"),
        wrong("serve --behind-proxy=x", "'--behind-proxy'"),
        wrong("serve --new-admin-key=x", "'--new-admin-key'"),
        wrong("serve now", "expected nothing more, found 'now'"),
        wrong("serve --worker 3", "unknown option --worker; did you mean --workers?"),
        failed(
            "serve --no-models --port 0 --admin-port 0 --data DIR/file",
            "DIR/file cannot be written or read"),
        failed(
            "serve --port 0 --admin-port 0 --data DIR/data --model m=DIR",
            "expected a model directory with config.json"),
        // admin
        wrong("admin", "a command is missing: models, keys, jobs, queue, drain or resume"),
        wrong("admin models", "a command is missing: list, load, unload, scale"),
        wrong("admin keys", "a command is missing: list, create, quota or revoke"),
        wrong("admin jobs", "a command is missing: list, cancel or cancel-all"),
        wrong("admin queue --server ftp://x", "--server: expected an address like"),
        wrong("admin queue --server http://example.org", "or https for another machine"),
        wrong("admin queue --key-file DIR/file", "expected the key of an administrator"),
        wrong("admin models scale m two", "two"),
        wrong("admin keys create --quota x o", "expected a quota as NAME=N, found 'x'"),
        // no command
        wrong(
            "",
            "a command is missing: run, lens, patch, attribution-patch, circuit, causal-trace, knockout, patchscope, attention, heads, dla, steer, probe, sae, agreement, cache, describe, serve or admin"),
        wrong("rum $", "unknown command rum; did you mean run?"),
        wrong("--verbos", "unknown option --verbos"),
        wrong("--stacktrace=x run $", "'--stacktrace'"));
  }

  @Tag("nightly")
  @ParameterizedTest(name = "{0}")
  @MethodSource("rowsOfTheNight")
  void saysWhatIsWrongInEveryAnalysis(Row row) throws Exception {
    saysWhatIsWrong(row);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rowsOfTheDay")
  void saysWhatIsWrong(Row row) throws Exception {
    Files.writeString(folder.resolve("file"), "no keystore");
    int code = execute(arguments(row.line()));
    String said = err.toString();
    assertWithMessage(said).that(code).isEqualTo(row.code());
    assertThat(said).startsWith("nnsight4j: ");
    assertThat(said).contains(row.words().replace("DIR", folder.toString()));
    assertThat(said.lines().count()).isEqualTo(1);
    assertThat(said.contains(" --help)")).isEqualTo(row.code() == 2);
    assertThat(out.toString()).isEmpty();
    // Nothing of Java: its methods, classes, exceptions, places.
    assertThat(said).doesNotContainMatch("\\w\\(|Exception|\\.java|<\\w+>|\\bnull\\b|class ");
    assertThat(said.replaceAll("--maxNewTokens", ""))
        .doesNotContainMatch("\\b(max|min|num|top|do|stop|pad|eos)[A-Z]\\w+");
  }

  /** Which options the table leaves out, so that a new one does not miss it. */
  @Test
  void everyOptionIsInTheTable() {
    String lines = rows().map(Row::line).collect(Collectors.joining("\n", "\n", "\n"));
    Set<String> absent = new TreeSet<>();
    for (CommandLine command : Main.command().getSubcommands().values()) {
      CommandSpec spec = command.getCommandSpec();
      for (OptionSpec option : spec.options()) {
        String name = option.longestName();
        if (!OF_EVERY_COMMAND.contains(name)
            && !lines.matches("(?s).*\n%s [^\n]*%s[ =\n].*".formatted(spec.name(), name))) {
          absent.add(spec.name() + " " + name);
        }
      }
    }
    assertThat(absent).isEmpty();
  }

  @Test
  void aPortInUseIsReportedInPlainWords() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (String option : List.of("--port", "--admin-port")) {
        err.getBuffer().setLength(0);
        int code =
            execute(
                "serve",
                "--no-models",
                "--data",
                folder.resolve("data").toString(),
                option,
                Integer.toString(taken.getLocalPort()),
                option.equals("--port") ? "--admin-port" : "--port",
                "0");
        assertThat(code).isEqualTo(1);
        assertThat(err.toString())
            .startsWith(
                "nnsight4j: expected to listen on port %s of 127.0.0.1, cannot: "
                    .formatted(taken.getLocalPort()));
        assertThat(err.toString()).contains("is it in use? Others are chosen by --port");
        assertThat(err.toString()).doesNotContain("Exception");
      }
    }
  }

  private String[] arguments(String line) {
    return Stream.of(line.split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> word.equals("$") ? PROMPT : word.replace("DIR", folder.toString()))
        .toArray(String[]::new);
  }

  private int execute(String... args) {
    return Main.command(args)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
