package toy;

/** Uses what is generated in spite of the mistake. */
final class Use {
  static Object place() {
    return new ToyModel().h(0);
  }

  private Use() {}
}
