/** Running a plan inside the model: batches, hooks, results and receipts. */
@NullMarked
package org.nnsight4j.internal.run;

import org.jspecify.annotations.NullMarked;
