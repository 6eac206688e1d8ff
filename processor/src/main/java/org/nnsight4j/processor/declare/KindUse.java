package org.nnsight4j.processor.declare;

import java.util.List;
import java.util.Optional;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.model.Kind;

/**
 * A kind that a layer interface extends, directly or not.
 *
 * @param widths empty if raw, or if one of them is not a plain interface
 */
public record KindUse(Kind kind, Optional<List<TypeElement>> widths) {}
