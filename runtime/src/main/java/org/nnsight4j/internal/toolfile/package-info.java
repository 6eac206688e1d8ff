/**
 * Files that other tools wrote, such as PEFT and SAELens. Each key is used, harmless, or refused by
 * name.
 */
@NullMarked
package org.nnsight4j.internal.toolfile;

import org.jspecify.annotations.NullMarked;
