/** What can go wrong, by stage: opening, recording, planning, running. */
@NullMarked
package org.nnsight4j.error;

import org.jspecify.annotations.NullMarked;
