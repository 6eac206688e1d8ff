package bad;

import javax.annotation.processing.Generated;

/**
 * Stands in for a model of {@code NotAnInterface}, which has errors.
 */
@Generated("org.nnsight4j.processor.ArchitectureProcessor")
public final class NotAnInterfaceModel {
  public NotAnInterfaceModel() {
  }
}
