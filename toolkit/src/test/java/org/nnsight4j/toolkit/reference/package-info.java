/** Reference numbers and small models for the tests of the analyses. */
@NullMarked
package org.nnsight4j.toolkit.reference;

import org.jspecify.annotations.NullMarked;
