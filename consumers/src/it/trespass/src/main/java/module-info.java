/** Names a class of every package that is not for it. */
module org.example.trespass {
  requires org.nnsight4j.models;
  requires org.nnsight4j.server;
  requires org.nnsight4j.toolkit;
}
