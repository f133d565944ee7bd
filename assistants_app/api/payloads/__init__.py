"""What the API tells of each thing: one function per shape, and the model that describes it in the OpenAPI document."""
