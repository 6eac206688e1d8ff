package org.nnsight4j.internal.hub;

import java.util.regex.Pattern;
import org.nnsight4j.error.CheckpointException;

/**
 * The name of a model at a hub.
 *
 * @param id {@code org/name}, or only the name, for the oldest models
 * @param revision a branch, a tag, a commit, or {@code refs/pr/N}
 */
public record HubName(String id, String revision) {
  /** The default revision of {@code from_pretrained}. */
  public static final String MAIN = "main";

  private static final String PART = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
  private static final Pattern ID = Pattern.compile("(?:" + PART + "/)?" + PART);
  private static final Pattern REVISION = Pattern.compile("[\\w.+-]+(?:/[\\w.+-]+)*");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Checks both parts, because they become parts of addresses and paths. */
  public HubName {
    if (!isId(id)) {
      throw new CheckpointException(
          "'%s' is no name of a model at a hub; expected org/name, such as Qwen/Qwen3-0.6B"
              .formatted(id));
    }
    if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
      throw new CheckpointException(
          "%s: '%s' is no revision; expected a branch, a tag, a commit of 40 digits, or refs/pr/N"
              .formatted(id, revision));
    }
  }

  /**
   * Parses a name with or without a revision.
   *
   * @param text {@code org/name} or {@code org/name@revision}
   */
  public static HubName parse(String text) {
    int at = text.indexOf('@');
    return at < 0
        ? new HubName(text, MAIN)
        : new HubName(text.substring(0, at), text.substring(at + 1));
  }

  /** Whether a hub could have a model of this name. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..")
        && !text.endsWith(".git");
  }

  /** Whether the revision is a commit, which cannot move. */
  boolean isCommit() {
    return COMMIT.matcher(revision).matches();
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** The name of its folder in the cache. */
  String folder() {
    return "models--" + id.replace("/", "--");
  }

  @Override
  public String toString() {
    return revision.equals(MAIN) ? id : id + "@" + revision;
  }
}
