/**
 * What an executor of harvests needs: the job, shards as a function of splits, and their commits.
 */
@NullMarked
package org.nnsight4j.harvest.job;

import org.jspecify.annotations.NullMarked;
