package org.nnsight4j.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.nnsight4j.sweep.SweepSite;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The kind of place that is patched. */
final class SiteChoice {
  @Option(
      names = "--site",
      paramLabel = "NAME",
      defaultValue = "resid_pre",
      description =
          "What is patched: resid_pre, resid_mid, resid_post, attn_out, mlp_out, z, q, k, v or"
              + " pattern (${DEFAULT-VALUE}).")
  private String site;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  SiteChoice() {}

  SweepSite wanted() {
    return Arrays.stream(SweepSite.values())
        .filter(each -> each.toString().equals(site.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--site: expected one of %s, found '%s'"
                        .formatted(
                            Arrays.stream(SweepSite.values())
                                .map(SweepSite::toString)
                                .collect(Collectors.joining(", ")),
                            site)));
  }
}
