/** Models of LangChain4j whose passes are edited and read. */
module org.nnsight4j.langchain4j {
  requires transitive org.nnsight4j;
  requires transitive langchain4j.core;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports org.nnsight4j.langchain4j;
}
