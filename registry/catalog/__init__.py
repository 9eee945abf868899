"""What a maintained package knows of providers' models and prices, and what of it the registry lacks.

source    reads the package, and is the only module that imports it
terms     what one model costs from a day on, as a price row would say it
facts     what others say of models beside prices; models_dev and litellm are the formats, reading is the door
places    where providers are, and what those others call them
comparing what they say that the registry does not, and where they disagree
changes   what is new or another than in the registry, with the reason where something can't be proposed
writing   makes it so, inside a rehearsal: what leaves is one proposal

An id counts only where it is the same to the letter: the package's own way of finding a model is fuzzy.
"""
