package org.nnsight4j.server.problem;

import java.util.Map;

/**
 * All problems that this server knows, in the order of a job's life; docs/problems.md is generated
 * from it.
 */
public enum ProblemKind {
  BAD_REQUEST(
      "bad-request",
      400,
      "Malformed request",
      "A parameter, a header or the body is not what openapi.json describes; the detail names it.",
      "Send the request again as described. Lower HTTP errors have their own status with this code."),
  TOO_SLOW(
      "too-slow",
      408,
      "Too slow",
      "The bytes of the request came slower than the limit upload-bytes-per-second, or stopped.",
      "Send it again over a faster connection."),
  COMPRESSED(
      "compressed",
      415,
      "Compressed body",
      "The body has a Content-Encoding.",
      "Send it uncompressed: its size must be known before it is read."),
  LENGTH_REQUIRED(
      "length-required",
      411,
      "Length required",
      "The request has a body and no Content-Length.",
      "Send the length; chunked bodies are not accepted."),
  REQUEST_TOO_LARGE(
      "request-too-large",
      413,
      "Request too large",
      "The body is larger than the limit request-bytes.",
      "Send less data, or several requests."),
  UNSUPPORTED_MEDIA_TYPE(
      "unsupported-media-type",
      415,
      "Unsupported media type",
      "The path takes another Content-Type.",
      "Look the type up in openapi.json."),
  NOT_ACCEPTABLE(
      "not-acceptable",
      406,
      "Not acceptable",
      "The Accept header excludes everything that the path gives.",
      "Accept the media type that openapi.json names."),
  METHOD_NOT_ALLOWED(
      "method-not-allowed",
      405,
      "Method not allowed",
      "The path exists, but has no such method.",
      "Use one of the methods in the header Allow."),
  NO_SUCH_PATH(
      "no-such-path",
      404,
      "No such path",
      "Nothing is served under this path on this port.",
      "Paths for administration are on the port for administration only."),
  TOO_MANY_UPLOADS(
      "too-many-uploads",
      429,
      "Too many uploads",
      "The bodies that this user is sending reach a limit.",
      "Let some arrive before you send the next; nnsight4j's client waits."),
  NO_KEY(
      "no-key",
      401,
      "No valid key",
      "The header Authorization is absent, or its key is unknown or revoked.",
      "Send \"Authorization: Bearer nn4_...\"; the operator makes keys."),
  NOT_AN_ADMIN(
      "not-an-admin",
      403,
      "Not an admin",
      "The key belongs to a user, but the path is for administrators.",
      "Use the key of an administrator."),
  TOO_MANY_REQUESTS(
      "too-many-requests",
      429,
      "Too many requests",
      "The key, or the address, sends more than the limits allow.",
      "Wait as long as Retry-After says; nnsight4j's client waits."),
  NO_SUCH_MODEL(
      "no-such-model",
      404,
      "No such model",
      "This server has no model of that name.",
      "Ask GET /v1/models for the names."),
  MODEL_LOADED(
      "model-loaded",
      409,
      "The model is loaded",
      "Administration: this process runs a model of that name already.",
      "Unload it first, or change the number of its workers."),
  NOT_LOADED(
      "not-loaded",
      422,
      "The model cannot be loaded",
      "Administration: the folder is not in the model store, or contains no model of a known family.",
      "Start the server with --model-store, and name a folder in it."),
  OTHER_MODEL(
      "other-model",
      422,
      "Another model",
      "The graph was recorded for a model with other sizes or modules.",
      "Open the checkpoint that the server serves, and record again."),
  OTHER_CHECKPOINT(
      "other-checkpoint",
      409,
      "Another checkpoint",
      "The operator replaced the checkpoint after the job was accepted.",
      "Send the job again to run it with the new one."),
  NOT_A_REQUEST(
      "bad-graph",
      400,
      "Not a request",
      "The body is not a request as this version of nnsight4j writes it; the detail names the member.",
      "Use a client of the same version, or read docs/graph-format.md."),
  BAD_GRAPH(
      "bad-graph",
      422,
      "The graph cannot run",
      "Planning refused the graph: shapes, order, prompts. The members line, node and module say where.",
      "Change that line of the program."),
  BAD_OPTIONS(
      "bad-options",
      422,
      "Options",
      "Generation options are out of range or contradict each other.",
      "Change the options."),
  OVER_BUDGET(
      "over-budget",
      422,
      "Over budget",
      "The job would take more bytes, operations, steps or time than the operator allows.",
      "Ask for less, or in parts."),
  PRIORITY_TOO_HIGH(
      "priority-too-high",
      403,
      "Priority too high",
      "The key may not use this priority.",
      "Ask for a lower priority, or the operator for another key."),
  QUEUE_FULL(
      "queue-full",
      429,
      "Your queue is full",
      "This user has as many unfinished jobs as a user may have.",
      "Wait for some, or cancel them."),
  OVER_QUOTA(
      "over-quota",
      429,
      "Your key has used its quota",
      "The key has as many unfinished jobs, jobs of this day, bytes of results or seconds of this day as the operator allows it.",
      "Wait until Retry-After, delete results, or ask the operator for more."),
  BUSY(
      "busy",
      503,
      "The server is busy",
      "All users together ask for more than the server accepts.",
      "Try again later; a client of nnsight4j waits."),
  DRAINED(
      "drained",
      503,
      "No more jobs",
      "The operator is draining the model or the server.",
      "Try again later."),
  DISK_FULL(
      "disk-full",
      507,
      "The disk of the server is nearly full",
      "There is no room for results.",
      "The operator has to free some disk space."),
  RESULTS_FULL(
      "results-full",
      507,
      "Your results take too much space",
      "The kept results of this user reach a limit.",
      "Delete jobs that you no longer need."),
  WORKERS_DIED(
      "workers-died",
      429,
      "Your runs crashed workers",
      "Several runs of this user crashed their workers in the last minutes.",
      "Wait, and send something else."),
  IDEMPOTENCY_KEY_REUSED(
      "idempotency-key-reused",
      422,
      "Idempotency key used before",
      "Another request was sent under this Idempotency-Key; the member job has its id.",
      "Use a new key for a new request."),
  SENDER_GONE(
      "sender-gone",
      400,
      "The sender is gone",
      "The connection was closed, or the key revoked, before the request was checked.",
      "Send it again."),
  STORE_UNAVAILABLE(
      "store-unavailable",
      503,
      "The store does not answer",
      "The database cannot be reached or accepts no writes.",
      "Try again later; /readyz tells the operator more."),
  NO_SUCH_JOB(
      "no-such-job",
      404,
      "No such job",
      "No job of this user has this id, or it is no longer kept.",
      "Ask GET /v1/jobs for the ids."),
  NOT_FINISHED(
      "not-finished",
      409,
      "Not finished",
      "The job has not ended yet.",
      "Wait until its events say that it has ended, or cancel it."),
  NO_RESULT(
      "no-result", 409, "No result", "The job ended without a result.", "Its problem says why."),
  EXPIRED(
      "expired",
      410,
      "Expired",
      "The result is older than results are kept.",
      "Run the job again."),
  CHANGED(
      "changed",
      412,
      "Another file",
      "If-Match names an ETag other than the result's.",
      "Start the download again."),
  NO_SUCH_RANGE(
      "no-such-range",
      416,
      "No such range",
      "The range is beyond the end of the result.",
      "Content-Range says how long it is."),
  TOO_MANY_DOWNLOADS(
      "too-many-downloads",
      503,
      "Too many downloads",
      "The server is already sending as many results as it can at once.",
      "Try again in a second."),
  TOO_MANY_STREAMS(
      "too-many-streams",
      429,
      "Too many streams",
      "This user has as many event streams and downloads open as a user may have.",
      "Close some."),
  CANCELLED(
      "cancelled",
      409,
      "Cancelled",
      "The job was cancelled before it had a result.",
      "Send it again if you still want it."),
  TIME_LIMIT(
      "time-limit",
      408,
      "Time limit",
      "The run did not end within its time limit.",
      "Ask for a longer timeLimit, or for less."),
  WAITED_TOO_LONG(
      "waited-too-long",
      503,
      "Waited too long",
      "No worker took the job in time.",
      "Ask the operator whether a server with this model is running."),
  RUN_FAILED(
      "run-failed",
      422,
      "The run failed",
      "An operation failed on the numbers that it got. The members line, node and module say where.",
      "Change that line of the program."),
  OUT_OF_MEMORY(
      "out-of-memory",
      507,
      "Out of memory",
      "The run took more memory than its worker has.",
      "Save less, reduce it earlier, or ask for it in parts."),
  WORKER_DIED(
      "worker-died",
      500,
      "The worker died",
      "The process that ran the job died in each attempt.",
      "Report the job id to the operator."),
  NO_SUCH_KEY(
      "no-such-key",
      404,
      "No such key",
      "Administration: no key has this id, or it is revoked.",
      "List the keys."),
  INTERNAL(
      "internal",
      500,
      "Internal error",
      "The server failed.",
      "Tell the operator the instance, or the job id.");

  private final String code;
  private final int status;
  private final String title;
  private final String meaning;
  private final String remedy;

  ProblemKind(String code, int status, String title, String meaning, String remedy) {
    this.code = code;
    this.status = status;
    this.title = title;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The code for programs, of which a problem's type is made. */
  public String code() {
    return code;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** When it happens. */
  public String meaning() {
    return meaning;
  }

  /** What to do. */
  public String remedy() {
    return remedy;
  }

  /**
   * A problem of this kind.
   *
   * @param detail what was expected, what was found, and what to do
   */
  public Problem with(String detail) {
    return with(status, title, detail);
  }

  /** A problem of this kind with an HTTP status of its own. */
  public Problem with(int status, String title, String detail) {
    return new Problem(code, title, status, detail, Map.of());
  }
}
