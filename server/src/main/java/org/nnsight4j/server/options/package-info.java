/** What an operator can choose. */
@NullMarked
package org.nnsight4j.server.options;

import org.jspecify.annotations.NullMarked;
