"""Makes the demo calls: written dialogues, spoken by espeak-ng and flite, with exact references."""
