/** Builds the site from the Markdown of README and docs: plain files, without network. */
@NullMarked
package org.nnsight4j.docs.site;

import org.jspecify.annotations.NullMarked;
