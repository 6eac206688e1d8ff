/** An application with a family of its own and a server. */
module org.example.app {
  requires java.net.http;
  requires org.nnsight4j.harvest;
  requires org.nnsight4j.models;
  requires org.nnsight4j.notebook;
  requires org.nnsight4j.server;

  provides org.nnsight4j.family.Family with
      org.example.app.BigramFamily;
  provides org.nnsight4j.engine.NetworkFactory with
      org.example.app.BigramNetwork.Factory;
}
