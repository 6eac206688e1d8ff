/** Language models as LangChain4j's chat and embedding models, with edits, probes and receipts. */
@NullMarked
package org.nnsight4j.langchain4j;

import org.jspecify.annotations.NullMarked;
