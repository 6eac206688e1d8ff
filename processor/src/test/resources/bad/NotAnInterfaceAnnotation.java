package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public @interface NotAnInterfaceAnnotation {}
//      ^ ERROR[NotAnInterface] NotAnInterfaceAnnotation is the annotation;

class Use {
  Object model = new NotAnInterfaceAnnotationModel();
}
