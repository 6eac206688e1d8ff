/** Says things that go wrong all the time not all the time. */
@NullMarked
package org.nnsight4j.server.log;

import org.jspecify.annotations.NullMarked;
