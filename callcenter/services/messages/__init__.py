"""Messages that go out and come in: leased, sent, receipted, reconciled; texts read and answered."""
