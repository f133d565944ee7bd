"""Changed settings that a model proposes for a sentence such as "Make it shorter": never more than a proposal.

wanted      what a model's reply asks to change, read tolerantly
asking      what the model is told: the settings that may be changed, their values, the sentence
fitting     what of a reply may go into a form: schema, secrets, locks and sizes decide, not the model
closed      where settings are that a proposal leaves alone
"""
