"""Where a run is told of besides its own folder: one interface, one module per tracker."""
