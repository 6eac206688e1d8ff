/** A language model as beans of a Spring Boot application. */
@NullMarked
package org.nnsight4j.spring;

import org.jspecify.annotations.NullMarked;
