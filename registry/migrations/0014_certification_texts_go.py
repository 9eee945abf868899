from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0013_texts_become_certifications'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='deployment',
            name='certifications_text',
        ),
        migrations.RemoveField(
            model_name='historicaldeployment',
            name='certifications',
        ),
        migrations.RemoveField(
            model_name='historicalprovider',
            name='jurisdiction',
        ),
        migrations.RemoveField(
            model_name='historicalprovider',
            name='processing_agreement',
        ),
        migrations.RemoveField(
            model_name='provider',
            name='jurisdiction',
        ),
        migrations.RemoveField(
            model_name='provider',
            name='processing_agreement',
        ),
    ]
