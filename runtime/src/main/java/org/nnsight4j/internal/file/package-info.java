/**
 * Files that are written completely or not at all, and folders that are deleted with their process.
 */
@NullMarked
package org.nnsight4j.internal.file;

import org.jspecify.annotations.NullMarked;
