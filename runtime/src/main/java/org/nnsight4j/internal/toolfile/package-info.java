/**
 * Files that other tools wrote, such as PEFT and SAELens: each key is used, harmless, or refused by
 * its name.
 */
@NullMarked
package org.nnsight4j.internal.toolfile;

import org.jspecify.annotations.NullMarked;
