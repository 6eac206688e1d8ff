package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface NotALayerSiteAsRoot extends Site<NotALayerSiteAsRoot.Hidden> {
//     ^ ERROR[NotALayer] NotALayerSiteAsRoot extends Site, which is a value inside a module; let it extend Layer<Width>,
  interface Hidden extends Axis {}
}

class Use {
  Object model = new NotALayerSiteAsRootModel();
}
