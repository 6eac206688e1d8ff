package toy;

/** Stays as it is, while the descriptor changes. */
final class Use {
  static Object place() {
    return new ToyModel().first();
  }

  private Use() {}
}
