/** Keys, rates and the audit log. */
@NullMarked
package org.nnsight4j.server.access;

import org.jspecify.annotations.NullMarked;
